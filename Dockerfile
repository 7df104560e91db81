# SPDX-License-Identifier: Apache-2.0
FROM debian:trixie-slim AS build

# What needs the network comes first, so that a change of ours is built from the cache. Versions are those of the
# release's archive, security updates with them: a pinned one disappears from there with the next update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY requirements/image.lock /build/
RUN python3 -m pip install --no-cache-dir --no-compile --only-binary=:all: --require-hashes --root-user-action=ignore \
    --requirement /build/image.lock --target /build/libraries

COPY image/ /build/image/
COPY src/okta_aws/ /build/okta_aws/
RUN python3 -I /build/image/assemble.py /build /image

FROM scratch
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="okta-aws-action" \
      org.opencontainers.image.description="Exchange an Okta or GitHub OIDC token for AWS role credentials" \
      org.opencontainers.image.url="https://github.com/org/okta-aws-action" \
      org.opencontainers.image.source="https://github.com/org/okta-aws-action" \
      org.opencontainers.image.documentation="https://github.com/org/okta-aws-action#readme" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image/ /
# No USER: the files that GitHub mounts into a Docker action are the runner's, and only root may write them.
ENTRYPOINT ["/okta-aws-action"]
