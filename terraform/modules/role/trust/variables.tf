# SPDX-License-Identifier: Apache-2.0

variable "statements" {
  description = "Who may take the role: each entry becomes one statement, and one of them has to hold."
  type = list(object({
    provider_arn                = string
    audiences                   = optional(list(string))
    subjects                    = optional(list(string))
    dangerous_wildcard_subjects = optional(list(string))
    github = optional(object({
      owner         = string
      owner_id      = optional(string)
      repository    = string
      repository_id = optional(string)
      environments  = optional(list(string), [])
      refs          = optional(list(string), [])
      pull_request  = optional(bool, false)
    }))
    okta_people = optional(object({
      client_id   = string
      require_mfa = optional(bool, true)
      mfa_values  = optional(list(string), ["mfa"])
      user_ids    = optional(list(string), [])
    }))
    github_claims       = optional(map(list(string)), {})
    tag_session         = optional(bool, false)
    set_source_identity = optional(bool, false)
  }))
  nullable = false

  validation {
    condition     = length(var.statements) > 0
    error_message = "trust: it is empty, so nobody could take the role. Give at least one statement."
  }

  # Form of a statement.

  validation {
    condition = alltrue([for s in var.statements :
      length([for form in [s.subjects, s.dangerous_wildcard_subjects, s.github, s.okta_people] : true if form != null]) == 1
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}]: got ${jsonencode([for name, form in { subjects = s.subjects, dangerous_wildcard_subjects = s.dangerous_wildcard_subjects, github = s.github, okta_people = s.okta_people } : name if form != null])}; say who may come by exactly one of subjects, dangerous_wildcard_subjects, github and okta_people. Several are several statements, and one of them has to hold."
      if length([for form in [s.subjects, s.dangerous_wildcard_subjects, s.github, s.okta_people] : true if form != null]) != 1
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[^*?$[:space:]]+[^/*?$[:space:]]$", s.provider_arn))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].provider_arn: got ${jsonencode(s.provider_arn)}; give the ARN of one OIDC provider: arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH."
      if !can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[^*?$[:space:]]+[^/*?$[:space:]]$", s.provider_arn))
    ])
  }

  # Audiences. A statement without aud would take any token of the issuer.

  validation {
    condition = alltrue([for s in var.statements :
      s.github != null || s.okta_people != null || try(length(s.audiences) > 0, false)
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].audiences: none was given; give the aud the tokens carry: the audience of the Okta authorization server, or \"sts.amazonaws.com\" for GitHub's default."
      if !(s.github != null || s.okta_people != null || try(length(s.audiences) > 0, false))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      s.audiences == null || (try(length(s.audiences), 0) > 0 && alltrue([for aud in coalesce(s.audiences, []) : can(regex("^[^[:space:]*?]{1,255}$", aud))]))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].audiences: got ${jsonencode(s.audiences)}; give at least one, each 1 to 255 characters without white space, * and ?. An audience is compared exactly."
      if !(s.audiences == null || (try(length(s.audiences), 0) > 0 && alltrue([for aud in coalesce(s.audiences, []) : can(regex("^[^[:space:]*?]{1,255}$", aud))])))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      s.okta_people == null || s.audiences == null || try(length(s.audiences) == 1 && s.audiences[0] == s.okta_people.client_id, false)
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].audiences: got ${jsonencode(s.audiences)}; the aud of a person's ID token is the app's client id, so leave audiences out or give [\"${try(s.okta_people.client_id, "")}\"]."
      if !(s.okta_people == null || s.audiences == null || try(length(s.audiences) == 1 && s.audiences[0] == s.okta_people.client_id, false))
    ])
  }

  # Exact subjects.

  validation {
    condition = alltrue([for s in var.statements :
      s.subjects == null || (try(length(s.subjects), 0) > 0 && alltrue([for sub in coalesce(s.subjects, []) : can(regex("^[^[:space:]].*$", sub)) && !can(regex("[[:space:]]$", sub))]))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].subjects: got ${jsonencode(s.subjects)}; give at least one, none empty and none with white space around it."
      if !(s.subjects == null || (try(length(s.subjects), 0) > 0 && alltrue([for sub in coalesce(s.subjects, []) : can(regex("^[^[:space:]].*$", sub)) && !can(regex("[[:space:]]$", sub))])))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for sub in coalesce(s.subjects, []) : !can(regex("[*?]", sub))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].subjects: got ${jsonencode([for sub in coalesce(s.subjects, []) : sub if can(regex("[*?]", sub))])}; subjects are compared exactly, a * or ? would match nothing. Write them out, or use dangerous_wildcard_subjects and read what it lets in."
      if !alltrue([for sub in coalesce(s.subjects, []) : !can(regex("[*?]", sub))])
    ])
  }

  # A person's id among the machines would come in without MFA and with another app's tokens.
  # 00u is Okta's prefix of user ids, 0oa of app (client) ids.
  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for sub in concat(coalesce(s.subjects, []), coalesce(s.dangerous_wildcard_subjects, [])) : !can(regex("^00u", sub))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}]: got the subject ${jsonencode([for sub in concat(coalesce(s.subjects, []), coalesce(s.dangerous_wildcard_subjects, [])) : sub if can(regex("^00u", sub))])}, the id of a person in Okta; people come in by okta_people = { client_id = \"0oa...\", user_ids = [\"00u...\"] }, which also demands their app and MFA."
      if !alltrue([for sub in concat(coalesce(s.subjects, []), coalesce(s.dangerous_wildcard_subjects, [])) : !can(regex("^00u", sub))])
    ])
  }

  # IAM would fill in a policy variable: "${*}" is a star, "${aws:username}" the caller's own name.
  validation {
    condition = alltrue([for s in var.statements : alltrue([
      for value in concat(coalesce(s.audiences, []), coalesce(s.subjects, []), coalesce(s.dangerous_wildcard_subjects, []), try(s.github.environments, []), try(s.github.refs, []), flatten([for wanted in values(s.github_claims) : wanted if wanted != null])) :
      !can(regex("[$][{]", value))
    ])])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}]: a value holds \"$\" and \"{\", which IAM reads as a policy variable; give what the token carries, literally: ${jsonencode([for value in concat(coalesce(s.audiences, []), coalesce(s.subjects, []), coalesce(s.dangerous_wildcard_subjects, []), try(s.github.environments, []), try(s.github.refs, []), flatten([for wanted in values(s.github_claims) : wanted if wanted != null])) : value if can(regex("[$][{]", value))])}."
      if !alltrue([
        for value in concat(coalesce(s.audiences, []), coalesce(s.subjects, []), coalesce(s.dangerous_wildcard_subjects, []), try(s.github.environments, []), try(s.github.refs, []), flatten([for wanted in values(s.github_claims) : wanted if wanted != null])) :
        !can(regex("[$][{]", value))
      ])
    ])
  }

  # Wildcard subjects: what stands before the first wildcard must name somebody.

  validation {
    condition = alltrue([for s in var.statements :
      s.dangerous_wildcard_subjects == null || (try(length(s.dangerous_wildcard_subjects), 0) > 0 && alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : can(regex("^[^*?[:space:]]{8}", sub)) && !can(regex("[[:space:]]$", sub))]))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].dangerous_wildcard_subjects: got ${jsonencode(s.dangerous_wildcard_subjects)}; give at least one, and let each begin with 8 literal characters or more that name one owner and repository: \"repo:acme/app:ref:refs/tags/*\". \"*\" and \"repo:*\" let in everybody who has an account at the issuer."
      if !(s.dangerous_wildcard_subjects == null || (try(length(s.dangerous_wildcard_subjects), 0) > 0 && alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : can(regex("^[^*?[:space:]]{8}", sub)) && !can(regex("[[:space:]]$", sub))])))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : !can(regex("^0oa", sub)) || !can(regex("[*?]", sub))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].dangerous_wildcard_subjects: got ${jsonencode(s.dangerous_wildcard_subjects)}; Okta's client ids are random, so a wildcard in one means any service app of the org. Name the client ids in subjects."
      if !alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : !can(regex("^0oa", sub)) || !can(regex("[*?]", sub))])
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : !can(regex("^repo:", sub)) || can(regex("^repo:[^/:*?]+/", sub))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].dangerous_wildcard_subjects: got ${jsonencode([for sub in coalesce(s.dangerous_wildcard_subjects, []) : sub if can(regex("^repo:", sub)) && !can(regex("^repo:[^/:*?]+/", sub))])}; the owner must stand there in full, followed by a slash: anybody may register an owner that \"repo:acme*\" matches."
      if !alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : !can(regex("^repo:", sub)) || can(regex("^repo:[^/:*?]+/", sub))])
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : !can(regex("^repo:[^/:*?]+/", sub)) || can(regex("^repo:[^/:*?]+/[^/:*?]+(:|$)", sub))])
      || contains(keys(s.github_claims), "job_workflow_ref") || contains(keys(s.github_claims), "repository_id")
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].dangerous_wildcard_subjects: got ${jsonencode(s.dangerous_wildcard_subjects)}, which reaches every repository of an owner or all that begin alike, those made tomorrow too. Name the repository (\"repo:acme/app:*\"), or narrow the statement by github_claims: repository_id = [\"123\"], or job_workflow_ref = [\"acme/workflows/.github/workflows/deploy.yml@refs/tags/v1\"]."
      if !(
        alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : !can(regex("^repo:[^/:*?]+/", sub)) || can(regex("^repo:[^/:*?]+/[^/:*?]+(:|$)", sub))])
        || contains(keys(s.github_claims), "job_workflow_ref") || contains(keys(s.github_claims), "repository_id")
      )
    ])
  }

  # Each owner on github.com may shape its subjects, so "environment:production" alone is anybody's.
  validation {
    condition = alltrue([for s in var.statements : !can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn)) ? true :
      alltrue([for sub in coalesce(s.subjects, []) : can(regex("(^|:)(repo|repository|repository_id|repository_owner|repository_owner_id|enterprise|enterprise_id|job_workflow_ref):[^:]", sub))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].subjects: got ${jsonencode([for sub in coalesce(s.subjects, []) : sub if !can(regex("(^|:)(repo|repository|repository_id|repository_owner|repository_owner_id|enterprise|enterprise_id|job_workflow_ref):[^:]", sub))])}; GitHub's issuer is shared, so each subject must name a repository, an owner, an enterprise or a workflow: \"repo:acme/app:environment:production\". (An Okta client id goes with the Okta provider.)"
      if !(!can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn)) ? true :
      alltrue([for sub in coalesce(s.subjects, []) : can(regex("(^|:)(repo|repository|repository_id|repository_owner|repository_owner_id|enterprise|enterprise_id|job_workflow_ref):[^:]", sub))]))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : !can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn)) ? true :
      alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : can(regex("^repo:", sub))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].dangerous_wildcard_subjects: got ${jsonencode(s.dangerous_wildcard_subjects)}; of GitHub's subjects only those that begin with \"repo:OWNER/\" may hold a wildcard. Write customised subjects out, in subjects."
      if !(!can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn)) ? true :
      alltrue([for sub in coalesce(s.dangerous_wildcard_subjects, []) : can(regex("^repo:", sub))]))
    ])
  }

  # GitHub.

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github: the provider is ${jsonencode(s.provider_arn)}, which is not GitHub's; GitHub's end in token.actions.githubusercontent.com (and an enterprise's slug), token.actions.SUB.ghe.com or HOST/_services/token."
      if !(s.github == null ? true :
      can(regex(":oidc-provider/(token\\.actions\\.githubusercontent\\.com(/[^/]+)?|token\\.actions\\.[^/.]+\\.ghe\\.com|[^/]+/_services/token)$", s.provider_arn)))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$", s.github.owner)) && can(regex("^[A-Za-z0-9._-]{1,100}$", s.github.repository))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github: got owner \"${try(s.github.owner, "")}\" and repository \"${try(s.github.repository, "")}\"; give both by their names alone, without slash, @ and wildcards, in the case GitHub shows."
      if !(s.github == null ? true :
      can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$", s.github.owner)) && can(regex("^[A-Za-z0-9._-]{1,100}$", s.github.repository)))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      (s.github.owner_id == null) == (s.github.repository_id == null)
      && alltrue([for id in [s.github.owner_id, s.github.repository_id] : id == null ? true : can(regex("^[1-9][0-9]*$", id))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github: got owner_id ${jsonencode(try(s.github.owner_id, null))} and repository_id ${jsonencode(try(s.github.repository_id, null))}; give both or neither, as numbers: `gh api repos/OWNER/REPO --jq '.owner.id, .id'` prints them."
      if !(s.github == null ? true :
        (s.github.owner_id == null) == (s.github.repository_id == null)
      && alltrue([for id in [s.github.owner_id, s.github.repository_id] : id == null ? true : can(regex("^[1-9][0-9]*$", id))]))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      s.github.owner_id == null || !can(regex("/_services/token$", s.provider_arn))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github: got owner_id ${jsonencode(try(s.github.owner_id, null))} for ${jsonencode(s.provider_arn)}, a GitHub Enterprise Server, whose subjects carry no ids; leave owner_id and repository_id out."
      if s.github != null && can(regex("/_services/token$", s.provider_arn))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      length(s.github.environments) + length(s.github.refs) > 0 || s.github.pull_request
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github: got neither environments nor refs nor pull_request, so no job could come; give environments = [\"production\"], refs = [\"refs/heads/main\"] or pull_request = true."
      if !(s.github == null ? true : length(s.github.environments) + length(s.github.refs) > 0 || s.github.pull_request)
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      alltrue([for environment in s.github.environments : can(regex("^[^*?[:space:]]([^*?]{0,253}[^*?[:space:]])?$", environment))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github.environments: got ${jsonencode(try(s.github.environments, []))}; each is the name of one environment, 1 to 255 characters, without * and ?."
      if !(s.github == null ? true :
      alltrue([for environment in s.github.environments : can(regex("^[^*?[:space:]]([^*?]{0,253}[^*?[:space:]])?$", environment))]))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.github == null ? true :
      alltrue([for ref in s.github.refs : can(regex("^refs/(heads|tags)/[^*?:[:space:]]+$", ref))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github.refs: got ${jsonencode(try(s.github.refs, []))}; each is a full ref without wildcards: \"refs/heads/main\" or \"refs/tags/v1.2.3\". Pull requests are pull_request = true."
      if !(s.github == null ? true :
      alltrue([for ref in s.github.refs : can(regex("^refs/(heads|tags)/[^*?:[:space:]]+$", ref))]))
    ])
  }

  # https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
  # A claim that is no condition key is absent for AWS, and the statement never holds.
  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for claim in keys(s.github_claims) : contains(["actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id", "workflow"], claim)])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github_claims: got ${jsonencode(keys(s.github_claims))}; AWS compares actor, actor_id, enterprise_id, environment, job_workflow_ref, ref, repository, repository_id and workflow (aud and sub have inputs of their own)."
      if !alltrue([for claim in keys(s.github_claims) : contains(["actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id", "workflow"], claim)])
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      length(s.github_claims) == 0 || can(regex(":oidc-provider/token\\.actions\\.githubusercontent\\.com(/[^/]+)?$", s.provider_arn))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github_claims: the provider is ${jsonencode(s.provider_arn)}; AWS knows these claims of token.actions.githubusercontent.com only. Of other issuers it reads aud, sub and amr, so bind the role by the subject."
      if !(length(s.github_claims) == 0 || can(regex(":oidc-provider/token\\.actions\\.githubusercontent\\.com(/[^/]+)?$", s.provider_arn)))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for claim, wanted in s.github_claims : try(length(wanted), 0) > 0 && alltrue([for one in coalesce(wanted, []) : can(regex("^[^*?[:space:]]([^*?]*[^*?[:space:]])?$", one))])])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github_claims: got ${jsonencode(s.github_claims)}; each claim needs at least one value, none empty, none with * or ?. They are compared exactly."
      if !alltrue([for claim, wanted in s.github_claims : try(length(wanted), 0) > 0 && alltrue([for one in coalesce(wanted, []) : can(regex("^[^*?[:space:]]([^*?]*[^*?[:space:]])?$", one))])])
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for claim in ["actor_id", "enterprise_id", "repository_id"] : alltrue([for id in coalesce(lookup(s.github_claims, claim, []), []) : can(regex("^[1-9][0-9]*$", id))])])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github_claims: got ${jsonencode({ for claim, wanted in s.github_claims : claim => wanted if endswith(claim, "_id") })}; ids are numbers, such as \"123456\"."
      if !alltrue([for claim in ["actor_id", "enterprise_id", "repository_id"] : alltrue([for id in coalesce(lookup(s.github_claims, claim, []), []) : can(regex("^[1-9][0-9]*$", id))])])
    ])
  }

  validation {
    condition = alltrue([for s in var.statements :
      alltrue([for ref in coalesce(lookup(s.github_claims, "job_workflow_ref", []), []) : can(regex("^[^/@]+/[^/@]+/\\.github/workflows/[^/@]+\\.ya?ml@(refs/(heads|tags)/.+|[0-9a-f]{40})$", ref))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].github_claims.job_workflow_ref: got ${jsonencode(coalesce(lookup(s.github_claims, "job_workflow_ref", []), []))}; it is OWNER/REPO/.github/workflows/FILE.yml@REF, where REF is refs/heads/NAME, refs/tags/NAME or a commit of 40 digits, just as the caller names it."
      if !alltrue([for ref in coalesce(lookup(s.github_claims, "job_workflow_ref", []), []) : can(regex("^[^/@]+/[^/@]+/\\.github/workflows/[^/@]+\\.ya?ml@(refs/(heads|tags)/.+|[0-9a-f]{40})$", ref))])
    ])
  }

  # People of an Okta org.

  validation {
    condition = alltrue([for s in var.statements : s.okta_people == null ? true :
      !can(regex("(githubusercontent\\.com(/[^/]+)?|\\.ghe\\.com|/_services/token)$", s.provider_arn))
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].okta_people: the provider is ${jsonencode(s.provider_arn)}, GitHub's; give the provider of the Okta issuer people sign in at."
      if s.okta_people != null && can(regex("(githubusercontent\\.com(/[^/]+)?|\\.ghe\\.com|/_services/token)$", s.provider_arn))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.okta_people == null ? true :
      can(regex("^[0-9A-Za-z_-]{6,100}$", s.okta_people.client_id)) && !startswith(s.okta_people.client_id, "00u")
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].okta_people.client_id: got \"${try(s.okta_people.client_id, "")}\"; give the client id of the native app people sign in to, such as \"0oa1b2c3d4e5f6g7h8i9\". It is the aud of their ID tokens, no URL and no wildcard."
      if !(s.okta_people == null ? true :
      can(regex("^[0-9A-Za-z_-]{6,100}$", s.okta_people.client_id)) && !startswith(s.okta_people.client_id, "00u"))
    ])
  }

  validation {
    condition = alltrue([for s in var.statements : s.okta_people == null ? true :
      alltrue([for user in s.okta_people.user_ids : can(regex("^00u[0-9A-Za-z]+$", user))])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].okta_people.user_ids: got ${jsonencode(try(s.okta_people.user_ids, []))}; give Okta's own ids, which begin with 00u. A login can be renamed and is not the sub of an ID token. Empty means everybody assigned to the app."
      if !(s.okta_people == null ? true : alltrue([for user in s.okta_people.user_ids : can(regex("^00u[0-9A-Za-z]+$", user))]))
    ])
  }

  # Okta's amr values: https://developer.okta.com/docs/guides/configure-amr-claims-mapping/main/
  # Okta adds mfa when more than one factor was used. The others name a factor, which may have been the only one;
  # pwd, kba (security question), email and fed name none that could count as a second one.
  validation {
    condition = alltrue([for s in var.statements : s.okta_people == null ? true : !s.okta_people.require_mfa ? true :
      length(s.okta_people.mfa_values) > 0 && alltrue([for amr in s.okta_people.mfa_values :
        contains(["duo", "face", "fpt", "google_otp", "hwk", "mca", "mfa", "oauth_otp", "okta_verify", "otp", "phr", "phrh", "pop", "rsa", "sc", "sms", "swk", "symantec", "tel", "yubikey"], amr)
      ])
    ])
    error_message = join("\n", [for i, s in var.statements :
      "trust[${i}].okta_people.mfa_values: got ${jsonencode(try(s.okta_people.mfa_values, []))}; leave it out for [\"mfa\"], which Okta adds when more than one factor was used, or give any of duo, face, fpt, google_otp, hwk, mca, mfa, oauth_otp, okta_verify, otp, phr, phrh, pop, rsa, sc, sms, swk, symantec, tel, yubikey. A password, a security question or an e-mail is no second factor."
      if !(s.okta_people == null ? true : !s.okta_people.require_mfa ? true :
        length(s.okta_people.mfa_values) > 0 && alltrue([for amr in s.okta_people.mfa_values :
          contains(["duo", "face", "fpt", "google_otp", "hwk", "mca", "mfa", "oauth_otp", "okta_verify", "otp", "phr", "phrh", "pop", "rsa", "sc", "sms", "swk", "symantec", "tel", "yubikey"], amr)
      ]))
    ])
  }
}

variable "quota" {
  description = "Longest trust policy the account allows, in characters: 2048, or up to 8192 where AWS raised the quota."
  type        = number
  default     = 2048
  nullable    = false

  validation {
    condition     = var.quota >= 2048 && var.quota <= 8192 && floor(var.quota) == var.quota
    error_message = "trust_policy_quota: got ${var.quota}; it is a whole number from 2048 (AWS's default) to 8192 (the most AWS grants for \"Role trust policy length\")."
  }
}
