# SPDX-License-Identifier: Apache-2.0

output "url" {
  description = "Where people find Atlantis."
  value       = module.atlantis.url
}

output "webhook_url" {
  description = "Where GitHub sends its events."
  value       = module.atlantis.webhook_url
}

output "okta_redirect_uri" {
  description = "Sign-in redirect URI of the Okta app."
  value       = module.atlantis.okta_redirect_uri
}

output "alias" {
  description = "What the name in DNS has to be an alias of."
  value       = { name = module.atlantis.load_balancer_dns_name, zone_id = module.atlantis.load_balancer_zone_id }
}
