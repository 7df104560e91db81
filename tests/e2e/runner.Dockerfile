# SPDX-License-Identifier: Apache-2.0
# What act runs the jobs of the end-to-end tests on: what actions expect of a runner, and an AWS SDK for the steps.
FROM debian:trixie-slim
# Versions are the release's own, as in the Dockerfile of the product.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git nodejs python3-boto3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
