// SPDX-License-Identifier: Apache-2.0
// The step: find a Python, note it for the end of the job, exchange a token.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { findOrFail, run } = require('./python.js')

const program = findOrFail()
// The end of the job must not depend on what later steps do to the path.
if (process.env.GITHUB_STATE) fs.appendFileSync(process.env.GITHUB_STATE, `python=${program}\n`)
run(program, path.join(__dirname, 'start.py'), 'main')
