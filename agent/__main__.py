"""`python -m agent`."""

from agent.entry import run

if __name__ == "__main__":
    run("agent.command")
