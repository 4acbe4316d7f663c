"""Sequences of columns that were loaded with explicit numbers."""

from localenv.needs.postgres.quoting import name, text

# a column's sequence: its own (serial, identity) or the one in its default; a sequence never moves back
_BEHIND = """DO $localenv$
DECLARE one record; reached bigint; given bigint;
BEGIN
  FOR one IN
    SELECT DISTINCT s.oid::regclass AS sequence, a.attname AS "column", p.increment, p.minimum_value, p.maximum_value
    FROM pg_attribute a
    LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
    JOIN pg_depend d ON
      (d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid AND d.refclassid = 'pg_class'::regclass) OR
      (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum)
    JOIN pg_class s ON s.relkind = 'S'
      AND s.oid = CASE WHEN d.classid = 'pg_attrdef'::regclass THEN d.refobjid ELSE d.objid END,
    LATERAL pg_sequence_parameters(s.oid) p
    WHERE a.attrelid = {table}::regclass AND a.attname IN ({columns}) AND NOT a.attisdropped
      AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
  LOOP
    EXECUTE format('SELECT %s(%I) FROM %s',
      CASE WHEN one.increment > 0 THEN 'max' ELSE 'min' END, one."column", {table}) INTO reached;
    EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - (%s) END FROM %s',
      one.increment, one.sequence) INTO given;
    IF (reached - given) * sign(one.increment) > 0 AND reached BETWEEN one.minimum_value AND one.maximum_value THEN
      PERFORM setval(one.sequence, reached);
    END IF;
  END LOOP;
END $localenv$"""


def moved(table: str, columns: tuple[str, ...]) -> str:
    """A statement that moves the sequences of these columns behind the values in the table."""
    quoted = text(".".join(map(name, table.split("."))))
    return _BEHIND.format(table=quoted, columns=", ".join(map(text, columns)))
