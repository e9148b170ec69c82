"""The least that can be served: what Gradio itself costs. Started as ``python -m bench.app.empty_page PORT RULES``."""

from __future__ import annotations

import json
import sys

import gradio as gr

if __name__ == "__main__":
    with gr.Blocks(analytics_enabled=False) as page:
        pass
    page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True, **json.loads(sys.argv[2]))
