// SPDX-License-Identifier: Apache-2.0
'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')

const ref = process.env.INPUT_REF
const git = (...words) => execFileSync('git', ['-c', 'safe.directory=*', ...words], { cwd: process.env.GITHUB_WORKSPACE })

const given = { action: 'checkout', job: process.env.GITHUB_JOB, ref, 'persist-credentials': process.env['INPUT_PERSIST-CREDENTIALS'] }
fs.appendFileSync('/stand-ins/record.jsonl', JSON.stringify(given) + '\n')
git('init', '--quiet')
git('fetch', '--quiet', '/stand-ins/origin.git', '+refs/*:refs/remotes/origin/*')
git('checkout', '--quiet', '--detach', '--force', ref)
