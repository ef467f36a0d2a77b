"""What pygls leaves open or does otherwise than the specification: order of messages, errors, cancelling, the end.

Documents are not kept by pygls: its lines also end at form feeds and the like, and its columns past the end of a line are off by
one.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.language_server import _prepare_command_arguments

if TYPE_CHECKING:
    from .server import JsleakServer

log = logging.getLogger(__name__)


class Answered(JsonRpcException):
    """Raised for a message that could not be read, once its sender has been told."""

    CODE = types.ErrorCodes.InvalidRequest
    MESSAGE = "answered"


class JsleakProtocol(LanguageServerProtocol):
    """One client's connection."""

    _server: JsleakServer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initialized = False
        self.closed = False

    @property
    def exit_code(self) -> int:
        """0 if the client asked for a shutdown before it left."""
        return 0 if self._shutdown else 1

    def cancel_requests(self) -> None:
        """Give up all that is being answered or waited for."""
        for future in list(self._request_futures.values()):
            future.cancel()

    def to_json(self, value: Any) -> Any:
        """Types of the protocol as JSON."""
        return self._converter.unstructure(value)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Turn a JSON object into a message. A request that is not well-formed is answered here: only here its id is known."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), str | int):
                message = f"Invalid params of {data['method']!r}: {error.__cause__}".splitlines()[0]
                self.refuse(data["id"], types.ErrorCodes.InvalidParams, message)
                raise Answered from error
            raise

    def handle_message(self, message: Any) -> None:
        """Take a message, if it is one that may come now."""
        if isinstance(message, list) or not hasattr(message, "jsonrpc"):
            self.refuse(None, types.ErrorCodes.InvalidRequest, "A message must be an object with `jsonrpc`.")
            return
        method = getattr(message, "method", None)
        if method is not None and method not in (types.EXIT, types.CANCEL_REQUEST):
            request = getattr(message, "id", None)
            problem = self._unfit(method)
            if problem is not None:
                if request is not None:
                    self.refuse(request, *problem)
                return
            self.initialized = self.initialized or method == types.INITIALIZE
        super().handle_message(message)

    def _unfit(self, method: str) -> tuple[types.ErrorCodes, str] | None:
        if self._shutdown:
            return types.ErrorCodes.InvalidRequest, "The server has been shut down."
        if not self.initialized and method != types.INITIALIZE:
            return types.ErrorCodes.ServerNotInitialized, "The first request must be `initialize`."
        if self.initialized and method == types.INITIALIZE:
            return types.ErrorCodes.InvalidRequest, "The server is initialized already."
        return None

    def refuse(self, request: str | int | None, code: types.ErrorCodes, message: str) -> None:
        """Answer a request (None: a message that may have been one) with an error."""
        # As plain JSON: the converter leaves out an id of None, which has to be there.
        self._send_data({"jsonrpc": self.VERSION, "id": request, "error": {"code": int(code), "message": message}})

    def _execute_handler(
        self,
        msg_id: Any,
        handler: Callable[..., Any],
        callback: Callable[[Any], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        # pygls keeps the future of every notification for good.
        def done(future: Any) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)

    def _send_data(self, data: Any) -> None:
        # A late result must not fail, be reported, fail again and so on.
        if self.closed:
            return
        try:
            super()._send_data(data)
        except (BrokenPipeError, ConnectionError):
            self.closed = True
            self._server.leave()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]  # any kind of function may handle a message
        """Stop. The status is `exit_code`."""
        self._server.leave()

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Keep the document ourselves."""
        self._server.did_open(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Edit the document."""
        self._server.did_change(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget the document."""
        self._server.did_close(params)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]  # any kind of function may handle a message
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Carry out a command. As a coroutine, so that cancelling the request cancels the command."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"There is no command {params.command!r}.")
        try:
            args, kwargs = _prepare_command_arguments(handler, params, self._converter)
        except Exception as error:
            raise JsonRpcInvalidParams(f"{params.command}: {error}") from error
        result = handler(*args, **kwargs)
        return await result if inspect.isawaitable(result) else result
