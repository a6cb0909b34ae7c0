"""`python -m agent.demo`: ^C ends it quietly from the first import on."""

from agent.ending import end_process

if __name__ == "__main__":
    try:
        from agent.demo.command import main

        status = main()
    except KeyboardInterrupt:
        status = 130
    end_process(status)
