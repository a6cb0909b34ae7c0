"""`python -m agent.web`: ^C ends it quietly from the first import on."""

if __name__ == "__main__":
    try:
        from agent.web.command import main

        status = main()
    except KeyboardInterrupt:
        status = 130
    from agent.ending import end_process

    end_process(status)
