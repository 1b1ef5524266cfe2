// pglite.mjs TABLE FILE.sql FILE.pgvector OUT: loads both into pgvector and writes the rows that it holds, and the neighbors of the first.
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { readFileSync, writeFileSync } from 'node:fs';

const [table, sql, copy, out] = process.argv.slice(2);
const db = await PGlite.create({ extensions: { vector } });
const name = `"${table}"`;
const write = async (way) => {
  const { rows } = await db.query(`SELECT * FROM ${name}`);
  writeFileSync(`${out}.${way}.json`, rows.map((row) => JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? Number(v) : v))).join('\n') + '\n');
  return rows.length;
};
await db.exec(readFileSync(sql, 'utf8'));
const version = (await db.query("SELECT version() AS pg, (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS ext")).rows[0];
console.log(`${version.pg.split(' ').slice(0, 2).join(' ')} with pgvector ${version.ext}: ${await write('sql')} rows from SQL`);
// The same file again: the table exists, and the transaction leaves the rows alone.
let refused = '';
try { await db.exec(readFileSync(sql, 'utf8')); } catch (error) { refused = error.message; }
await db.exec('ROLLBACK');
const { rows: [{ n }] } = await db.query(`SELECT count(*)::int AS n FROM ${name}`);
if (!refused) throw new Error('the table was created twice');
console.log(`ok   ${table}: the same SQL again is refused (${refused}), ${n} rows remain`);
const near = await db.query(`SELECT t.id, 1 - (t.embedding <=> f.embedding) AS score FROM ${name} t, (SELECT * FROM ${name} LIMIT 1) f
  WHERE t.id <> f.id ORDER BY t.embedding <=> f.embedding LIMIT 10`);
writeFileSync(`${out}.neighbors.json`, JSON.stringify(near.rows));
await db.exec(`CREATE INDEX ON ${name} USING hnsw (embedding vector_cosine_ops)`);
await db.exec(`CREATE TABLE copied (LIKE ${name}); `);
const { rows: columns } = await db.query(`SELECT column_name FROM information_schema.columns WHERE table_name = 'copied' AND data_type = 'bigint'`);
for (const { column_name } of columns) await db.exec(`ALTER TABLE copied ALTER COLUMN "${column_name}" TYPE text`);
await db.query('COPY copied FROM \'/dev/blob\' WITH (FORMAT binary)', [], { blob: new Blob([readFileSync(copy)]) });
await db.exec(`DROP TABLE ${name}; ALTER TABLE copied RENAME TO ${name}`);
console.log(`${await write('copy')} rows from the binary COPY stream`);
await db.close();
