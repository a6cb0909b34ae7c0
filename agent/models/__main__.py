"""`python -m agent.models`."""

from agent.entry import run

if __name__ == "__main__":
    run("agent.models.command")
