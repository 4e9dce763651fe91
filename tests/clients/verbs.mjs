// What every Node client of the matrix shares (tests/clients/README.md): its arguments, its lines in and out.
import { createInterface } from 'node:readline'

export const [bootstrap, verb] = process.argv.slice(2)
export const options = JSON.parse(process.argv[4])
export const topic = options.topic

export const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')

export function cannot (why) {
  say({ cannot: why })
  process.exit(77)
}

export function record (partition, offset, key, value) {
  say({ partition, offset: Number(offset), key: key.toString(), value: value.toString() })
}

// The records to write, as they come.
export async function * rows () {
  for await (const line of createInterface({ input: process.stdin })) yield JSON.parse(line)
}

// Writes what comes twenty records at a time. `send` takes messages and gives the first offset of each partition among them.
export async function produceWith (send) {
  const write = async (messages) => {
    for (const told of await send(messages)) {
      const count = messages.filter((one) => one.partition === told.partition).length
      for (let i = 0; i < count; ++i) say({ partition: told.partition, offset: Number(told.baseOffset) + i })
    }
  }
  let batch = []
  for await (const { partition, key, value, timestamp } of rows()) {
    batch.push({ partition, key, value, ...(timestamp ? { timestamp: String(timestamp) } : {}) })
    if (batch.length === 20) await write(batch.splice(0))
  }
  if (batch.length > 0) await write(batch)
}

// Calls `take` with what a member of a group is told while it reads: 'commit', and 'end' at the end of the input.
export function orders (take) {
  const input = createInterface({ input: process.stdin })
  input.on('line', (line) => take(line.trim()))
  input.on('close', () => take('end'))
}

// Runs the verb and ends with its outcome, whatever the client leaves open.
export function run (verbs) {
  Promise.resolve((verbs[verb] ?? verbs.admin)()).then(
    () => process.exit(0),
    (error) => { console.error(error); process.exit(1) })
}
