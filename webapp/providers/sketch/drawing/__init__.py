"""Drawing a storyboard panel with Pillow: words are read, a look is chosen, a scene is composed, a caption set.

`panel.draw` is the way in. Nothing here knows the network, the disk (but for fonts), time or chance: the same request
always gives the same bytes.
"""
