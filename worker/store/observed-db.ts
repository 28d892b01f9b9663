import { type Db, DbError, type DbErrorKind } from "./db.ts";

/** The same database; `onError` hears of each error it throws. */
export function observeErrors(db: Db, onError: (kind: DbErrorKind) => void): Db {
  const observed = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof DbError) onError(error.kind);
      throw error;
    }
  };
  return {
    batch: (statements) => observed(db.batch(statements)),
    query: (statement) => observed(db.query(statement)),
    close: () => db.close(),
  };
}
