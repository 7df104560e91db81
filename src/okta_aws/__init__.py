# SPDX-License-Identifier: Apache-2.0
"""okta-aws-action: an Okta or GitHub OIDC token becomes AWS role credentials.

Where things are, from the outside in; each may use only what stands below it (checked in CI):

- ``action``, ``cli``, ``demo``: entry points, the only ones that touch environment, arguments, clock and streams
- ``flows``: the use cases and their order of effects
- ``sources`` (where a token comes from), ``issuers``, ``aws`` (STS), ``exporters`` (where credentials go), ``store``
  (what is kept on a person's machine: sessions, sign-ins, settings)
- ``runner`` (GitHub's protocol), ``http``, ``retry``, ``files``
- ``settings``: the table of options and what the user asked for
- ``tokens``: what a token says
- ``credentials``, ``arn``, then ``errors`` and ``secret``
"""

__version__ = "0.1.0"
