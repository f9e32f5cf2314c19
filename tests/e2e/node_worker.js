// node_worker.js PORT PERSONA: serves a persona, as anybody would write it who knows the message flow alone. Prints what it is asked.
const {createClient} = require('redis');

async function main() {
  const [port, persona] = process.argv.slice(2);
  const redis = createClient({url: `redis://127.0.0.1:${port}`});
  await redis.connect();
  const group = `machine:personas:${persona}`;
  try {
    await redis.xGroupCreate('machine:requests', group, '0', {MKSTREAM: true});
  } catch (error) {
    if (!error.message.startsWith('BUSYGROUP')) throw error;
  }
  for (;;) {
    const streams = await redis.xReadGroup(group, 'worker-1', {key: 'machine:requests', id: '>'}, {COUNT: 1, BLOCK: 1000});
    for (const {id, message} of streams ? streams[0].messages : []) {
      if (message.to_persona === persona) {
        console.log(message.corr_id);
        await redis.xAdd('machine:events', '*', {
          workflow_id: message.workflow_id,
          from_persona: persona,
          status: 'done',
          result: JSON.stringify({code_changes: [], files_modified: []}),
          corr_id: message.corr_id
        });
      }
      await redis.xAck('machine:requests', group, id);
    }
  }
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
