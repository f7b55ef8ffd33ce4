/*
 * A Modbus meter on libmodbus, for the tests only: `rtu PATH UNIT FUNCTION FIRST COUNT` or `tcp PORT UNIT FUNCTION
 * FIRST COUNT`. FUNCTION is 3 or 4. Has the registers FIRST … FIRST + COUNT - 1 and no others. Reads lines
 * `address word` from standard input up to `end`, then says `ready`. Answers its own unit only and serves one TCP
 * connection after another, until it is killed.
 */
#include <errno.h>
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what) {
  fprintf(stderr, "cannot %s: %s\n", what, modbus_strerror(errno));
  return 1;
}

/* Answers until the master goes. A damaged request is not answered. */
static void serve(modbus_t *bus, modbus_mapping_t *map, int unit) {
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  int header = modbus_get_header_length(bus);
  for (;;) {
    int length = modbus_receive(bus, query);
    if (length == -1 && (errno == EMBBADCRC || errno == EMBBADDATA)) continue;
    if (length == -1) return;
    /* The unit stands before the function code. libmodbus leaves it alone over TCP. */
    if (length == 0 || query[header - 1] != unit) continue;
    if (modbus_reply(bus, query, length, map) == -1) return;
  }
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: %s rtu PATH|tcp PORT UNIT FUNCTION FIRST COUNT\n", argv[0]);
    return 2;
  }
  int is_rtu = strcmp(argv[1], "rtu") == 0;
  int unit = atoi(argv[3]), function = atoi(argv[4]), first = atoi(argv[5]), count = atoi(argv[6]);
  int holding = function == 3 ? count : 0, input = function == 3 ? 0 : count;
  modbus_mapping_t *map = modbus_mapping_new_start_address(0, 0, 0, 0, first, holding, first, input);
  modbus_t *bus = is_rtu ? modbus_new_rtu(argv[2], 9600, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", atoi(argv[2]));
  if (map == NULL || bus == NULL) return fail("set up");
  modbus_set_slave(bus, unit);

  int address, word;
  while (scanf("%d %d", &address, &word) == 2) {
    if (address < first || address >= first + count) {
      fprintf(stderr, "no register %d\n", address);
      return 2;
    }
    (function == 3 ? map->tab_registers : map->tab_input_registers)[address - first] = (uint16_t)word;
  }

  int listening = is_rtu ? -1 : modbus_tcp_listen(bus, 4);
  if (is_rtu ? modbus_connect(bus) == -1 : listening == -1) return fail(is_rtu ? "open the port" : "listen");
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (!is_rtu && modbus_tcp_accept(bus, &listening) == -1) return fail("accept");
    serve(bus, map, unit);
    if (is_rtu) return fail("read");
    close(modbus_get_socket(bus));
  }
}
