# Tertulia in a container:  docker build -t tertulia .  &&  docker run --init -p 7860:7860 -v tertulia:/data tertulia
ARG PYTHON_IMAGE=python:3.11-slim

# Compiles llama.cpp; the compiler stays behind in this stage.
FROM ${PYTHON_IMAGE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
# Built here and run elsewhere: with GGML_NATIVE the build would use every instruction of this machine's processor, and
# die of an illegal one on another. Without it, x86 builds still ask for AVX2.
ENV CMAKE_ARGS="-DGGML_NATIVE=OFF"
WORKDIR /build
COPY requirements-uv.txt requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && /opt/venv/bin/python -m uv pip install --python /opt/venv/bin/python --no-cache --compile-bytecode \
        --require-hashes -r requirements.lock \
    && /opt/venv/bin/python -m pip uninstall --yes uv

FROM ${PYTHON_IMAGE}
# libgomp1: the threads of llama.cpp
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 user \
    && install --directory --owner=user --group=user /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /home/user/app
COPY --chown=user . .
USER user
ENV HOME=/home/user \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    TERTULIA_HOST=0.0.0.0 \
    TERTULIA_DATA_DIR=/data
VOLUME /data
EXPOSE 7860
# The model is converted once at the first start, which takes a few seconds more. No proxy is asked for our own address.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:7860/healthz', timeout=5)"]
CMD ["python", "app.py"]
