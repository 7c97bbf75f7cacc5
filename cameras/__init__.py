"""What watches: the camera register and what the cameras see."""
