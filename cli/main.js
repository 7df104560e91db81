// SPDX-License-Identifier: Apache-2.0
// Puts the command `okta-aws` on the path of later steps.
'use strict'

const path = require('node:path')
const { findOrFail, run } = require('../composite/python.js')

run(findOrFail(), path.join(__dirname, 'install.py'))
