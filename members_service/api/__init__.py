"""How membership is asked over HTTP."""
