#!/nonexistent/node
// It is there and executable, and yet "not found": the interpreter that its first line names is not there.
require('node:http').createServer((_request, response) => response.end('{"projects":["demo"]}')).listen(process.env.PORT, process.env.HOST)
