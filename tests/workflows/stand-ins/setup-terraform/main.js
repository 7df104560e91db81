// SPDX-License-Identifier: Apache-2.0
'use strict'

const fs = require('node:fs')

const { INPUT_TERRAFORM_VERSION: version, INPUT_TERRAFORM_WRAPPER: wrapper } = process.env
const given = { action: 'setup-terraform', job: process.env.GITHUB_JOB, version, wrapper }
fs.appendFileSync('/stand-ins/record.jsonl', JSON.stringify(given) + '\n')
fs.appendFileSync(process.env.GITHUB_PATH, '/stand-ins/terraform\n')
