# SPDX-License-Identifier: Apache-2.0
"""What GitHub's REST API tells about a pull request, and the comments we write there. PyGithub speaks to it.

It is imported when the first object is made, since nothing else needs it.
"""

from okta_aws.github_api.answers import Comment, CommitStatus, Hook, Merging, PullRequest, Repository, Reviewers
from okta_aws.github_api.client import GithubApi

__all__ = ["Comment", "CommitStatus", "GithubApi", "Hook", "Merging", "PullRequest", "Repository", "Reviewers"]
