from operator_profile.models.face import Face, FaceDraft, Look
from operator_profile.models.picture import Picture
from operator_profile.models.requisites import Requisites, RequisitesDraft, RequisitesFields

__all__ = ["Face", "FaceDraft", "Look", "Picture", "Requisites", "RequisitesDraft", "RequisitesFields"]
