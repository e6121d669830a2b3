# The exporter alone, without a shell, as a user without rights. `docker build -t cloacina-exporter .`
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /build
COPY . .
# The target directory is kept from build to build, and not in the image: hence the copy.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin cloacina-exporter \
    && cp target/release/cloacina-exporter /cloacina-exporter \
    && mkdir /state

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /cloacina-exporter /usr/local/bin/cloacina-exporter
# A new volume takes over who owns the directory.
COPY --from=build --chown=65532:65532 /state /var/lib/cloacina-exporter
ENV CLOACINA_EXPORTER_STATE_FILE=/var/lib/cloacina-exporter/cloacina-exporter.state
USER 65532:65532
EXPOSE 9877
ENTRYPOINT ["/usr/local/bin/cloacina-exporter"]
