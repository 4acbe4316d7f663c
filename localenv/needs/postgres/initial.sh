# Let the image create its data, and end its server, which listens on TCP only when that is done.
docker-entrypoint.sh "$@" &
server=$!
until pg_isready --quiet --host=127.0.0.1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB"; do
  kill -0 $server
  sleep 0.1
done
kill -INT $server
wait $server
# Each file takes time in every copy; these are made anew when a server misses them (maps of free space, of visibility).
find "$PGDATA/base" "$PGDATA/global" -type f '(' -name '*_fsm' -o -name '*_vm' ')' -delete
