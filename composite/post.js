// SPDX-License-Identifier: Apache-2.0
// The end of the job, after success and failure alike: take back what the step handed over.
'use strict'

const path = require('node:path')
const { run } = require('./python.js')

// Without a Python the step did nothing, and there is nothing to take back.
if (process.env.STATE_python) run(process.env.STATE_python, path.join(__dirname, 'start.py'), 'post')
