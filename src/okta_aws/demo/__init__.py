# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for Okta, GitHub and AWS on the loopback interface, behind ``okta-aws demo``; the tests use the same ones.

- ``run``: the demo itself: what is done, shown line by line, ends in an exit status
- ``issuer``: an Okta org with a custom authorization server; ``github``: GitHub's OIDC provider for one job
- ``sts_front``: what STS checks of a web identity, in front of the emulator; ``sts_rules``: those checks, without I/O
- ``emulator``: makes, starts and stops the AWS emulator, which has an environment of its own (``emulator.lock``)
- ``web``: the HTTP server they share; ``signing``: their keys

They exist to be refused by: each lists at its top what it refuses and where that is documented.
"""
