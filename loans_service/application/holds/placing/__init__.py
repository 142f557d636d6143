"""How members begin to wait: asked of the neighbours, judged, and placed or only explained."""
