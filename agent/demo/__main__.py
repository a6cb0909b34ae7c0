"""`python -m agent.demo`."""

from agent.entry import run

if __name__ == "__main__":
    run("agent.demo.command")
