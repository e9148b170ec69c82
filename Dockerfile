# Tertulia in a container:
#   docker build -t tertulia .  &&  docker run --init --read-only --tmpfs /tmp -p 7860:7860 -v tertulia:/data tertulia
# or `docker compose up --build` (compose.yaml). More in docs/deploy-docker.md.

# A tag may be moved to other contents; a digest may not. To pin what was tried:
#   docker buildx imagetools inspect python:3.11-slim-bookworm
#   docker build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:... -t tertulia .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# Compiles llama.cpp; the compiler and everything that only installs stay behind in this stage.
FROM ${PYTHON_IMAGE} AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
# Built here and run elsewhere: with GGML_NATIVE the build would use every instruction of this machine's processor, and
# die of an illegal one on another. So all variants are built, from plain x86-64 to AMX, and the one that fits is chosen
# when the model's process starts (models/engine/llama_backends.py). Pictures are not read, so their library is left out.
# INSTALL_*DIR: without them every library would be installed a second time, beside the package.
ENV CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON -DLLAVA_BUILD=OFF \
-DCMAKE_INSTALL_LIBDIR=llama_cpp/lib -DCMAKE_INSTALL_BINDIR=llama_cpp/lib"
WORKDIR /build
COPY requirements-uv.txt requirements.lock ./
RUN python -m venv /opt/installer \
    && /opt/installer/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && python -m venv --without-pip /opt/venv \
    && /opt/installer/bin/python -m uv pip install --python /opt/venv/bin/python --no-cache --compile-bytecode \
        --require-hashes -r requirements.lock
# What Chroma's server wants and its embedded index never imports: an eighth of the image.
RUN /opt/installer/bin/python -m uv pip uninstall --python /opt/venv/bin/python kubernetes onnxruntime

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Tertulia" \
    org.opencontainers.image.description="A chat over a language model on your own machine, which shows its workings" \
    org.opencontainers.image.licenses="MIT"
# libgomp1: the threads of llama.cpp
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 user \
    && install --directory --owner=user --group=user --mode=0700 /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /home/user/app
# Owned by root: whoever took over the program could not change it.
COPY . .
USER user
# Nothing is written but below /data and /tmp, so the root may be read-only.
ENV HOME=/home/user \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/tmp/cache \
    HF_HOME=/tmp/huggingface \
    TERTULIA_HOST=0.0.0.0 \
    TERTULIA_PORT=7860 \
    TERTULIA_DATA_DIR=/data \
    TERTULIA_CACHE_DIR=/data/cache
VOLUME /data
EXPOSE 7860
STOPSIGNAL SIGTERM
# The model is converted once at the first start, which takes a few seconds more. No proxy is asked for our own address.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:7860/healthz', timeout=5)"]
CMD ["python", "app.py"]
