// SPDX-License-Identifier: Apache-2.0
'use strict'

const fs = require('node:fs')

const sarif = JSON.parse(fs.readFileSync(process.env.INPUT_SARIF_FILE))
const given = { action: 'upload-sarif', job: process.env.GITHUB_JOB, category: process.env.INPUT_CATEGORY, sarif }
fs.appendFileSync('/stand-ins/record.jsonl', JSON.stringify(given) + '\n')
