// A workflow of 100 steps that do nothing, on DBOS, for each line of standard input. Its milliseconds go to standard output.
import { createInterface } from 'node:readline';
import { DBOS } from '@dbos-inc/dbos-sdk';

const chain = DBOS.registerWorkflow(async () => {
  for (let i = 0; i < 100; i++)
    await DBOS.runStep(async () => i, { name: `step ${i}` });
}, { name: 'chain' });

DBOS.setConfig({ name: 'steps-on-dbos', systemDatabaseUrl: process.env.STEPS_DATABASE, logLevel: 'error', runAdminServer: false });
await DBOS.launch();
console.log('ready');
for await (const _ of createInterface({ input: process.stdin })) {
  const began = performance.now();
  await chain();
  console.log(performance.now() - began);
}
await DBOS.shutdown();
