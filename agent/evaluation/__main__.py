"""`python -m agent.evaluation`."""

from agent.entry import run

if __name__ == "__main__":
    run("agent.evaluation.command")
