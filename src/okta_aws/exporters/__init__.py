# SPDX-License-Identifier: Apache-2.0
"""Where credentials go. Exporters plan effects; ``flows`` applies them after every check."""
