"""`python -m agent.evaluation`: ^C ends it quietly from the first import on."""

import sys

if __name__ == "__main__":
    try:
        from agent.evaluation.command import main

        status = main()
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
