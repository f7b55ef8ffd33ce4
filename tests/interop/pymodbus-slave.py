"""A Modbus meter on pymodbus 3.0, for the tests only.

`rtu PATH UNIT FUNCTION` or `tcp PORT UNIT FUNCTION`; FUNCTION is 3 or 4. Reads lines `address word` from standard input
up to `end`: these registers it has and no others. Then it says `ready`, answers its own unit only, and runs until it is
killed.
"""
import asyncio
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer


def registers():
    """The register image from standard input."""
    image = {}
    for line in sys.stdin:
        if line.strip() == "end":
            break
        address, word = line.split()
        image[int(address)] = int(word)
    return ModbusSparseDataBlock(image)


async def main():
    """Serves until killed."""
    medium, place, unit, function = sys.argv[1:]
    block = {"hr" if function == "3" else "ir": registers()}
    # zero_mode: the addresses of the protocol, counted from 0.
    slave = ModbusSlaveContext(zero_mode=True, **block)
    context = ModbusServerContext(slaves={int(unit): slave}, single=False)
    if medium == "rtu":
        server = ModbusSerialServer(
            context, ModbusRtuFramer, port=place, baudrate=9600, timeout=0.01, ignore_missing_slaves=True
        )
        await server.start()
    else:
        server = ModbusTcpServer(
            context,
            ModbusSocketFramer,
            address=("127.0.0.1", int(place)),
            allow_reuse_address=True,
            ignore_missing_slaves=True,
        )
    serving = asyncio.create_task(server.serve_forever())
    if medium == "tcp":
        await server.serving
    print("ready", flush=True)
    await serving


asyncio.run(main())
