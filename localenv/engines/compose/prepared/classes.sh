# Write Java's archive of the classes that WireMock loads: JAVA_OPTS, LIBRARIES and ARCHIVE are variables.
# From a list of classes, which Java takes since version 11; tried with 21.
port=8080
java $JAVA_OPTS -XX:DumpLoadedClassList=/tmp/loaded -cp "$LIBRARIES" wiremock.Run --port $port --bind-address 127.0.0.1 \
  --disable-banner >/dev/null 2>&1 &
server=$!
ask() { curl --silent --output /dev/null --max-time 20 "$@" || true; }
admin=http://127.0.0.1:$port/__admin
until curl --fail --silent --output /dev/null $admin/health; do kill -0 $server; sleep 0.1; done
ask --data '{"mappings": [{"request": {"method": "GET", "urlPathPattern": "/a/.*", "headers": {"Host": {"or": [
  {"matches": "(?i)127.*"}, {"equalTo": "a"}]}}}, "response": {"jsonBody": {"a": "{{request.path}}"},
  "transformers": ["response-template"]}, "metadata": {"localenv": {}}}, {"request": {"method": "POST", "urlPath": "/b",
  "bodyPatterns": [{"matchesJsonPath": "$.a"}]}, "response": {"status": 201, "body": "b"}}]}' $admin/mappings/import
ask --data '{"matchesJsonPath": "$.localenv"}' $admin/mappings/find-by-metadata
ask --request PUT --data '{}' $admin/files/a/b.json
ask http://127.0.0.1:$port/a/b
ask --data '{"a": 1}' http://127.0.0.1:$port/b
ask http://127.0.0.1:$port/nothing
ask "$admin/requests?limit=1"
ask $admin/scenarios
kill $server
wait $server || true
java $JAVA_OPTS -Xshare:dump -XX:SharedClassListFile=/tmp/loaded -XX:SharedArchiveFile="$ARCHIVE" -cp "$LIBRARIES" \
  >/dev/null 2>&1
