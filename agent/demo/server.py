"""`python -m agent.demo.server`."""

from agent.entry import run

if __name__ == "__main__":
    run("agent.demo.server_command")
