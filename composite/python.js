// SPDX-License-Identifier: Apache-2.0
// Finds a Python on the runner and runs the action with it. No dependencies: what is here is all that runs.
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const OLDEST = [3, 11]
const NEWEST_TRIED = 20
const PROBE_MS = 10_000
const DOCS = 'https://github.com/org/okta-aws-action/blob/main/docs/troubleshooting.md#python-missing'

// Absolute paths of programs that may be Python, the likeliest first. `env`: the step's; `platform`: as Node names it.
function * candidates (env, platform) {
  const windows = platform === 'win32'
  const names = windows ? ['python.exe', 'python3.exe'] : ['python3', ...versions(), 'python']
  for (const folder of [...setUp(env, windows), ...onPath(env, windows), ...toolCache(env, windows)]) {
    for (const name of names) yield path.join(folder, name)
  }
}

function versions () {
  return Array.from({ length: NEWEST_TRIED - OLDEST[1] + 1 }, (_, index) => `python3.${NEWEST_TRIED - index}`)
}

// What actions/setup-python chose for this job.
function setUp (env, windows) {
  const folder = env.pythonLocation
  return folder && trusted(folder, env) ? [windows ? folder : path.join(folder, 'bin')] : []
}

function onPath (env, windows) {
  const name = Object.keys(env).find((one) => one.toUpperCase() === 'PATH')
  const folders = (env[name] || '').split(windows ? ';' : ':')
  return folders.filter((folder) => trusted(folder, env))
}

// Layout: actions/toolkit, packages/tool-cache; a version is whole once its `ARCH.complete` is there.
function toolCache (env, windows) {
  const root = env.RUNNER_TOOL_CACHE || env.AGENT_TOOLSDIRECTORY
  if (!root || !trusted(root, env)) return []
  const folders = []
  for (const version of entries(path.join(root, 'Python')).sort(newestFirst)) {
    const folder = path.join(root, 'Python', version)
    for (const mark of entries(folder).filter((name) => name.endsWith('.complete'))) {
      const arch = path.join(folder, mark.slice(0, -'.complete'.length))
      folders.push(windows ? arch : path.join(arch, 'bin'))
    }
  }
  return folders
}

function entries (folder) {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

function newestFirst (one, other) {
  return other.localeCompare(one, 'en', { numeric: true })
}

// The checkout is a stranger's: a relative folder of the path would be found in it, and so would a virtual environment
// there, whose site-packages Python runs at its start.
function trusted (folder, env) {
  if (!path.isAbsolute(folder)) return false
  const workspace = env.GITHUB_WORKSPACE
  if (!workspace) return true
  return [folder, real(folder)].every((one) => !isInside(one, workspace) && !isInside(one, real(workspace)))
}

function real (folder) {
  try {
    return fs.realpathSync(folder)
  } catch {
    return path.normalize(folder)
  }
}

function isInside (folder, parent) {
  const relative = path.relative(parent, folder)
  return relative === '' || (!relative.startsWith('..' + path.sep) && relative !== '..' && !path.isAbsolute(relative))
}

// The first candidate that is a Python new enough; `null` without one. Programs that are there but will not do: `seen`.
function find (env, platform, seen = []) {
  for (const program of candidates(env, platform)) {
    if (!fs.existsSync(program)) continue
    if (/[\r\n]/.test(program)) {
      // It would be two lines of the file that tells the end of the job what to run.
      seen.push(`${program} (a line end in its path)`)
      continue
    }
    const version = versionOf(program)
    if (version && (version[0] > OLDEST[0] || (version[0] === OLDEST[0] && version[1] >= OLDEST[1]))) return program
    seen.push(`${program} (${version ? version.join('.') : 'no Python'})`)
  }
  return null
}

function versionOf (program) {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])'
  const options = { cwd: path.dirname(program), timeout: PROBE_MS, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true }
  const { status, stdout } = spawnSync(program, ['-I', '-S', '-c', script], options)
  const match = /^(\d+)\.(\d+)\s*$/.exec(status === 0 ? String(stdout) : '')
  return match && [Number(match[1]), Number(match[2])]
}

// -I and -S: neither variables, the working directory nor anybody's site-packages bring code in. UTF-8: Windows.
const ISOLATED = ['-I', '-S', '-X', 'utf8']

// Run `script` with `program`; this process ends as that one does.
function run (program, script, ...more) {
  const child = spawn(program, [...ISOLATED, script, ...more], { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${program} cannot be started: ${error.code}`))
  child.on('exit', (status, signal) => process.exit(signal ? 1 : status))
}

function fail (found) {
  const fix = 'put a step with actions/setup-python before this one'
  const text = `wanted Python ${OLDEST.join('.')} or later on the runner, found ${found}. ${fix}. ${DOCS}`
  console.log(`::error title=The runner has no Python that can be used [python-missing]::${escaped(text)}`)
  process.exit(1)
}

// actions/runner, `ActionCommand.cs`: what would end the command's line.
function escaped (text) {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

// What a main.js does: the first Python that will do, or the end of the step.
function findOrFail () {
  const seen = []
  const program = find(process.env, process.platform, seen)
  if (!program) fail(seen.join(', ') || 'none')
  return program
}

module.exports = { find, findOrFail, run, ISOLATED }
