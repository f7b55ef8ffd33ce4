import { writeSealed } from './month.ts';
console.log(await writeSealed(process.argv[2] ?? '', Number(process.argv[3])));
