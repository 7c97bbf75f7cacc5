// Reports that wait to be sent, in the browser's own database, each with its sender: several people may share a phone.

const NAME = "gridbeat-reports";
const TABLE = "waiting";

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
}

async function run(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      // strict: the promise is kept only when the report is on the disk
      const transaction = database.transaction(TABLE, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const put = (report) => run("readwrite", (table) => table.put(report));
export const remove = (id) => run("readwrite", (table) => table.delete(id));

export async function list(sender) {
  const all = await run("readonly", (table) => table.getAll());
  return all.filter((report) => report.sender === sender).sort((a, b) => a.madeAt - b.madeAt);
}

// Browsers may clear what was not asked to be kept; asking costs nothing.
export const askToKeep = () => navigator.storage?.persist?.().catch(() => false);
