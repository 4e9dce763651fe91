// The verbs of the matrix (tests/clients/README.md) with @platformatic/kafka.
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { bootstrap, options, orders, record, rows, run, say, topic, verb } from './verbs.mjs'

const common = { clientId: 'tests', bootstrapBrokers: [bootstrap], retries: 100, retryDelay: 100 }
const TOPIC = 2

async function produce () {
  const producer = new Producer({
    ...common, serializers: stringSerializers, compression: options.codec ?? 'none', idempotent: options.idempotent ?? false
  })
  const write = async (messages) => {
    const told = await producer.send({ messages, acks: -1 })
    for (const { partition, offset } of told.offsets) {
      const count = messages.filter((one) => one.partition === partition).length
      for (let i = 0; i < count; ++i) say({ partition, offset: Number(offset) + i })
    }
  }
  let batch = []
  for await (const { partition, key, value, timestamp } of rows()) {
    batch.push({ topic, partition, key, value, ...(timestamp ? { timestamp: BigInt(timestamp) } : {}) })
    if (batch.length === 20) await write(batch.splice(0))
  }
  if (batch.length > 0) await write(batch)
  await producer.close()
}

async function read () {
  const consumer = new Consumer({ ...common, groupId: 'unused', deserializers: stringDeserializers })
  const { id, partitions } = (await consumer.metadata({ topics: [topic] })).topics.get(topic)
  const end = options.offset + options.count
  for (let next = options.offset; next < end;) {
    const answer = await consumer.fetch({
      node: partitions[options.partition].leader,
      topics: [{
        topicId: id,
        partitions: [{
          partition: options.partition, fetchOffset: BigInt(next), partitionMaxBytes: 1048576, currentLeaderEpoch: -1,
          lastFetchedEpoch: -1
        }]
      }],
      minBytes: 1,
      maxBytes: 1048576,
      maxWaitTime: 500
    })
    for (const batch of answer.responses[0].partitions[0].records ?? []) {
      for (const one of batch.records) {
        const offset = Number(batch.firstOffset) + one.offsetDelta
        if (offset < next || offset >= end) continue
        record(options.partition, offset, one.key, one.value)
        next = offset + 1
      }
    }
  }
  await consumer.close(true)
}

async function group () {
  const consumer = new Consumer({
    ...common,
    groupId: options.group,
    deserializers: stringDeserializers,
    ...(options.protocol === 'classic'
      ? { sessionTimeout: 6000, heartbeatInterval: 1000, rebalanceTimeout: 6000 }
      : { groupProtocol: 'consumer' })
  })
  const reached = new Map()
  // With the new protocol it tells of no change.
  let told = ''
  const look = setInterval(() => {
    const held = (consumer.assignments ?? []).flatMap((one) => one.topic === topic ? one.partitions : []).sort()
    if (held.join() === told) return
    told = held.join()
    for (const partition of reached.keys()) if (!held.includes(partition)) reached.delete(partition)
    say({ assigned: held })
  }, 50)
  const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit: false, maxWaitTime: 500 })
  await new Promise((resolve, reject) => {
    const carryOut = async (order) => {
      if (order === 'commit') {
        if (reached.size > 0) {
          const offsets = [...reached].map(([partition, offset]) => ({ topic, partition, offset, leaderEpoch: -1 }))
          await consumer.commit({ offsets })
        }
        say({ committed: true })
      } else {
        clearInterval(look)
        await stream.close()
        await consumer.close(true)
        resolve()
      }
    }
    let before = Promise.resolve()
    orders((order) => { before = before.then(() => carryOut(order)).catch(reject) })
    stream.on('error', reject)
    stream.on('data', (message) => {
      reached.set(message.partition, message.offset + 1n)
      record(message.partition, message.offset, message.key, message.value)
    })
  })
}

async function admin () {
  const client = new Admin(common)
  const resource = { resourceType: TOPIC, resourceName: topic }
  if (verb === 'create') {
    const configs = Object.entries(options.config).map(([name, value]) => ({ name, value }))
    await client.createTopics({ topics: [topic], partitions: options.partitions, replicas: 1, configs })
  } else if (verb === 'describe') {
    const [shown] = await client.describeConfigs({ resources: [{ ...resource, configurationKeys: [options.name] }] })
    say({ value: shown.configs.find((one) => one.name === options.name).value })
  } else if (verb === 'alter') {
    const configs = [{ name: options.name, value: options.value, configOperation: 0 }]
    await client.incrementalAlterConfigs({ resources: [{ ...resource, configs }] })
  } else if (verb === 'grow') {
    await client.createPartitions({ topics: [{ name: topic, count: options.partitions, assignments: null }] })
  } else if (verb === 'delete') {
    await client.deleteTopics({ topics: [topic] })
  } else if (verb === 'topics') {
    for (const name of await client.listTopics({})) say({ topic: name })
  } else if (verb === 'offset') {
    const partitions = [{ partitionIndex: options.partition, timestamp: BigInt(options.time) }]
    const [found] = await client.listOffsets({ topics: [{ name: topic, partitions }] })
    say({ offset: Number(found.partitions[0].offset) })
  }
  await client.close()
}

run({ produce, read, group, admin })
