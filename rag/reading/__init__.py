"""Reads a document into the text of its pages, in a process that the document may break."""
