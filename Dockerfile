# Builds the server with the scraping backend and puts it alone into a small image that runs as nobody in particular.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p tgbio-server \
 && install -D target/release/tgbio /out/usr/local/bin/tgbio \
 && install -d -o 65532 -g 65532 /out/data

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="tgbio" \
      org.opencontainers.image.description="Says when a public Telegram profile changed, what it was before, and how sure that is" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /out/usr/local/bin/tgbio /usr/local/bin/tgbio
COPY --from=build --chown=65532:65532 /out/data /data
ENV TGBIO_DATABASE=/data/tgbio.db \
    TGBIO_LISTEN=0.0.0.0:8080
WORKDIR /data
USER nonroot:nonroot
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/local/bin/tgbio", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/tgbio"]
CMD ["serve"]
