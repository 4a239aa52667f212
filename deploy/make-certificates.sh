#!/bin/sh
# Makes a certificate authority and one server certificate per host name, once. Used by docker-compose.yml.
set -eu
cd "${CERTIFICATES:-/certificates}"
if [ ! -f ca.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Tanemaki local authority" \
    -keyout ca.key -out ca.new -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
  chmod 600 ca.key
  mv ca.new ca.pem
fi
for host in "$@"; do
  [ -f "$host.pem" ] && continue
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$host" -keyout "$host.key" -out "$host.csr"
  printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$host" > "$host.ext"
  openssl x509 -req -in "$host.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -extfile "$host.ext" -out "$host.new"
  chmod 600 "$host.key"
  mv "$host.new" "$host.pem"
  rm -f "$host.csr" "$host.ext"
done
