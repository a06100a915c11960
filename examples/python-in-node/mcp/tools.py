"""An MCP server with one tool, spoken to by Streamable HTTP."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("sums")


@server.tool()
def add(first: int, second: int) -> int:
    """Adds two numbers."""
    return first + second


app = server.streamable_http_app()
