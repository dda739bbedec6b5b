/** Ends the connection, and tells when: `fin` closes it in peace, `rst` resets it once all that was written is on its way. */
export const cut = async (exchange, how) => {
  const { socket } = exchange
  if (how === 'fin') {
    exchange.tell('cut')
    socket.end()
    return
  }
  // a reset throws away what the kernel still holds
  await exchange.pause(10)
  exchange.tell('cut')
  socket.resetAndDestroy()
}
