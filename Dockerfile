# docker build -t tanya .
# docker run -p 8080:8080 -v tanya-data:/data -v /path/to/articles:/kb:ro tanya
#
# Without a volume for /kb it serves the demo help center. Set TANYA_TOKEN to open the ticket API.

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Alone, so that this layer is kept while the sources change.
COPY scripts/fetch_runtime.py scripts/
RUN python3 scripts/fetch_runtime.py
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# Certificates for a PostgreSQL server that is reached over TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin tanya \
    && install -d -o tanya -g tanya /data
WORKDIR /opt/tanya
# The program looks for the runtime and the model in its own folder.
COPY --from=build /src/.runtime .runtime
COPY --from=build /src/models/all-minilm-l6-v2 models/all-minilm-l6-v2
COPY --from=build /src/LICENSE ./
COPY --from=build /src/target/release/tanya ./
COPY --from=build /src/kb /kb
# Fails here rather than in the night if a library is missing.
RUN ! ldd tanya .runtime/*/libonnxruntime.so | grep "not found"

ENV PATH=/opt/tanya:$PATH \
    TANYA_KB=/kb \
    TANYA_DATA=/data \
    TANYA_LISTEN=0.0.0.0:8080
# By number, so that an orchestrator can see that it is not root.
USER 10001
VOLUME /data
EXPOSE 8080
# There is no curl in the image; bash can open a connection itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n1 <&3 | grep -q ' 200 '"]
CMD ["tanya", "serve"]
