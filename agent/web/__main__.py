"""`python -m agent.web`."""

from agent.entry import run

if __name__ == "__main__":
    run("agent.web.command")
