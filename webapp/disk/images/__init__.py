"""Images of frames: complete or not, published, recovered, their history, thumbnails and trash."""
