#!/bin/sh
# Makes the certificates of a broker and its users:
#
#   sh gateway/broker/mosquitto/make-certificates.sh FOLDER HOST[,HOST…] USER…
#
# HOST: every name or IP address by which programs reach the broker. USER: `gateway` and the ids of collectors.
# In FOLDER afterwards: ca.crt for every program (METERWAY_MQTT_CA_FILE); broker.crt and broker.key for the broker;
# users/USER.crt and users/USER.key for a program that shows a certificate (METERWAY_MQTT_CERT_FILE and
# METERWAY_MQTT_KEY_FILE); ca.key, which signs new ones: keep it away from the broker.
#
# A second run keeps what is there and adds what is missing. To renew a certificate before its two years are over,
# delete it and run this again: programs read their files at each connection, the broker at a restart or SIGHUP.
# DAYS=… before the command makes certificates of another age.
set -eu
umask 077

fail() {
  echo "make-certificates.sh: $*" >&2
  exit 2
}

[ $# -ge 3 ] || fail 'cannot go on: needed are a folder, the host names of the broker, and the users'
folder=$1
hosts=$2
shift 2

for user in "$@"; do
  case $user in
    *[!A-Za-z0-9_-]*) fail "cannot use the user '$user': letters, digits, _ and - only" ;;
  esac
  [ ${#user} -ge 1 ] && [ ${#user} -le 64 ] || fail "cannot use the user '$user': 1 to 64 characters"
done

names=
for host in $(echo "$hosts" | tr , ' '); do
  case $host in
    *:*) kind=IP ;;
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
  esac
  names=$names${names:+,}$kind:$host
done

mkdir -p "$folder/users"
chmod 755 "$folder"

# new_key FILE
new_key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

# certificate BASE COMMON_NAME EXTENSIONS: BASE.key and BASE.crt, signed by the CA, for two years
certificate() {
  if [ -e "$1.crt" ] && [ -e "$1.key" ]; then return; fi
  new_key "$1.key"
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%s\n' "$3" >"$1.ext"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
    -days "${DAYS:-730}" -extfile "$1.ext" -out "$1.crt" 2>/dev/null
  rm "$1.csr" "$1.ext"
  chmod 644 "$1.crt"
  echo "made $1.crt"
}

if [ ! -e "$folder/ca.crt" ]; then
  [ -e "$folder/ca.key" ] || new_key "$folder/ca.key"
  openssl req -x509 -new -key "$folder/ca.key" -subj "/CN=Meterway broker CA" -days 3650 \
    -addext keyUsage=critical,keyCertSign,cRLSign -out "$folder/ca.crt"
  chmod 644 "$folder/ca.crt"
  echo "made $folder/ca.crt"
fi

# The purpose is named in each, so that a user's certificate cannot pose as the broker's.
certificate "$folder/broker" broker "extendedKeyUsage=serverAuth
subjectAltName=$names"
for user in "$@"; do
  certificate "$folder/users/$user" "$user" extendedKeyUsage=clientAuth
done
