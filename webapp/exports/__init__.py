"""What leaves a project: pictures as ZIP, contact sheet, animatic, the whole folder. Made aside, kept in ``.step8``."""
